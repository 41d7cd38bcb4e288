<?php
/**
 * What is at an address of the site.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Finds the post, the archive or the part of WordPress that visitors are shown at an address that something else is to have.
 */
class IGNY8_Address_Holder {

	/**
	 * Query variables of a request that leads to no single thing.
	 */
	const OWN_USE = array( 'feed', 'withcomments', 'year', 'monthnum', 'day', 's', 'author_name', 'paged', 'page', 'embed', 'tb', 'rest_route', 'sitemap', 'sitemap-stylesheet', 'robots', 'favicon', 'wc-api' );

	/**
	 * First parts of an address at which files, directories and rules of WordPress and of servers are.
	 */
	const RESERVED = array( 'wp-admin', 'wp-content', 'wp-includes', 'wp-json', 'wp-login', 'wp-login.php', 'wp-signup.php', 'wp-cron.php', 'wp-activate.php', 'wp-comments-post.php', 'wp-config.php', 'wp-mail.php', 'wp-trackback.php', 'xmlrpc.php', 'wp-register.php', 'wp-sitemap.xml', 'sitemap.xml', 'sitemap_index.xml', 'robots.txt', 'favicon.ico', 'index.php', 'index.html', 'admin', 'dashboard', 'login', 'page', 'search', 'comments', 'trackback' );

	/**
	 * Those of servers, where the site is at the top.
	 */
	const OF_SERVERS = array( 'cgi-bin', 'cgi-sys', '.well-known', 'cdn-cgi', 'phpmyadmin', 'cpanel', 'webmail', 'whm', 'icons', 'server-status', 'server-info', 'stats', 'webalizer', 'awstats', 'plesk-stat', 'error_docs' );

	/**
	 * What is there.
	 *
	 * @param string $slug    Slug of what is to have the address.
	 * @param string $link    Address.
	 * @param int    $post_id Its post, or 0.
	 * @param int    $term_id Its term, or 0.
	 * @return array<string,mixed>|null Title, permalink, and edit_url and post_id where they are known; null for nothing.
	 */
	public static function find( $slug, $link, $post_id, $term_id = 0 ) {
		if ( '' === (string) wp_parse_url( $link, PHP_URL_PATH ) || null !== wp_parse_url( $link, PHP_URL_QUERY ) ) {
			return null;
		}
		$holder = self::post_at( $slug, $link, $post_id );
		$holder = null === $holder ? self::archive_at( $slug, $link, $term_id ) : $holder;
		return null === $holder ? self::wordpress_use( $link ) : $holder;
	}

	/**
	 * Whose the address is, in words.
	 *
	 * @param array<string,mixed> $holder What holds it.
	 * @return string
	 */
	public static function message( $holder ) {
		/* translators: 1: address, 2: title of a post, or what WordPress shows there. */
		return sprintf( __( 'The address %1$s is taken by “%2$s”, which visitors could no longer open.', 'igny8' ), rawurldecode( $holder['permalink'] ), $holder['title'] );
	}

	/**
	 * What to do about it.
	 *
	 * @return string
	 */
	public static function cure() {
		return __( 'Choose another slug.', 'igny8' );
	}

	/**
	 * Another post at an address.
	 *
	 * @param string $slug    Slug.
	 * @param string $link    Address.
	 * @param int    $post_id The post that is to have it.
	 * @return array<string,mixed>|null
	 */
	private static function post_at( $slug, $link, $post_id ) {
		global $wpdb;
		$ids = $wpdb->get_col( $wpdb->prepare( "SELECT ID FROM {$wpdb->posts} WHERE post_name = %s AND ID <> %d AND (post_status IN ('publish', 'private', 'future', 'inherit') OR (post_type = 'page' AND post_status IN ('draft', 'pending'))) ORDER BY ID LIMIT 100", $slug, $post_id ) );
		foreach ( array_map( 'get_post', $ids ) as $post ) {
			if ( ! $post instanceof WP_Post || ! is_post_type_viewable( $post->post_type ) || ( 'attachment' === $post->post_type && ! self::has_page( $post ) ) ) {
				continue;
			}
			$live_post = clone $post;
			if ( 'inherit' !== $live_post->post_status ) {
				$live_post->post_status = 'publish'; // Its address when it is live: a draft of a page is in the way, too.
			}
			if ( self::is_same( (string) get_permalink( $live_post ), $link ) ) {
				return array(
					'post_id'  => $post->ID,
					'edit_url' => admin_url( 'post.php?post=' . $post->ID . '&action=edit' ),
				) + self::describe( '' === $post->post_title ? '#' . $post->ID : $post->post_title, $link );
			}
		}
		return null;
	}

	/**
	 * Whether an attachment has a page of its own that a publish does not bring itself.
	 *
	 * @param WP_Post $post Attachment.
	 * @return bool
	 */
	private static function has_page( $post ) {
		// Sites from before 6.4 have them; an image of ours goes below its post.
		return '0' !== (string) get_option( 'wp_attachment_pages_enabled', '1' ) && '' === (string) get_post_meta( $post->ID, IGNY8_Media::HASH_META, true );
	}

	/**
	 * The archive of a term, an author or a post type at an address.
	 *
	 * @param string $slug    Slug.
	 * @param string $link    Address.
	 * @param int    $term_id The term that is to have it.
	 * @return array<string,mixed>|null
	 */
	private static function archive_at( $slug, $link, $term_id ) {
		$links = array();
		$terms = get_terms(
			array(
				'slug'       => $slug,
				'taxonomy'   => get_taxonomies( array( 'publicly_queryable' => true ) ),
				'hide_empty' => false,
				'exclude'    => array( $term_id ),
			)
		);
		foreach ( is_array( $terms ) ? $terms : array() as $term ) {
			$links[ $term->name ] = get_term_link( $term );
		}
		$author = get_user_by( 'slug', $slug );
		if ( false !== $author ) {
			$links[ $author->display_name ] = get_author_posts_url( $author->ID );
		}
		foreach ( get_post_types( array( 'has_archive' => true ), 'objects' ) + get_post_types( array( 'public' => true ), 'objects' ) as $type ) {
			if ( $type->has_archive ) {
				$links[ $type->labels->name ] = get_post_type_archive_link( $type->name );
			}
		}
		foreach ( $links as $name => $archive_link ) {
			if ( is_string( $archive_link ) && self::is_same( $archive_link, $link ) ) {
				return self::describe( (string) $name, $link );
			}
		}
		return null;
	}

	/**
	 * WordPress itself at an address: a feed, the posts of a year, an endpoint of a shop, a folder of its own.
	 *
	 * @param string $link Address.
	 * @return array<string,mixed>|null
	 */
	private static function wordpress_use( $link ) {
		global $wp_rewrite;
		$path = self::path( $link );
		$name = basename( $path );
		if ( $name !== $path && in_array( $name, array_column( (array) $wp_rewrite->endpoints, 1 ), true ) ) {
			return self::describe( $name, $link );
		}
		foreach ( (array) $wp_rewrite->wp_rewrite_rules() as $pattern => $query ) {
			if ( 1 === preg_match( "#^$pattern#", $path ) && false === strpos( (string) $query, 'pagename=' ) ) {
				parse_str( (string) wp_parse_url( (string) $query, PHP_URL_QUERY ), $asked );
				$is_own = array() !== $asked && array() === array_diff( array_keys( $asked ), self::OWN_USE );
				return $is_own || self::is_folder( $path ) ? self::describe( 'WordPress', $link ) : null;
			}
		}
		return self::is_folder( $path ) ? self::describe( 'WordPress', $link ) : null;
	}

	/**
	 * Whether visitors may be shown something of WordPress or of the server there, as far as the first part tells.
	 *
	 * @param string $link Address.
	 * @return bool
	 */
	public static function is_reserved( $link ) {
		$first  = strtolower( explode( '/', self::path( $link ) )[0] );
		$is_top = '/' === wp_parse_url( home_url( '/' ), PHP_URL_PATH );
		return in_array( $first, self::RESERVED, true ) || ( $is_top && in_array( $first, self::OF_SERVERS, true ) );
	}

	/**
	 * The path of an address below the one of the site.
	 *
	 * @param string $link Address.
	 * @return string Without slashes at its ends.
	 */
	private static function path( $link ) {
		$home = (string) wp_parse_url( home_url( '/' ), PHP_URL_PATH );
		return trim( substr( rawurldecode( (string) wp_parse_url( $link, PHP_URL_PATH ) ), strlen( $home ) ), '/' );
	}

	/**
	 * Whether the server has a file or folder there, which it answers with before WordPress is asked.
	 *
	 * @param string $path Path below the site's address.
	 * @return bool
	 */
	private static function is_folder( $path ) {
		return '' !== $path && false === strpos( $path, '..' ) && file_exists( ABSPATH . $path );
	}

	/**
	 * A holder.
	 *
	 * @param string $title     Title.
	 * @param string $permalink Address.
	 * @return array<string,mixed>
	 */
	private static function describe( $title, $permalink ) {
		return compact( 'title', 'permalink' );
	}

	/**
	 * Whether two addresses are one.
	 *
	 * @param string $first  URL.
	 * @param string $second URL.
	 * @return bool
	 */
	public static function is_same( $first, $second ) {
		return IGNY8_Existing_Post::address( $first ) === IGNY8_Existing_Post::address( $second );
	}
}
