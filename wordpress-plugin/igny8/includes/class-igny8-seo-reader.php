<?php
/**
 * SEO fields of many posts.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Reads title, description, canonical and focus keywords from where the active SEO plugin holds them, and from our own
 * meta without one. Yoast SEO holds one focus keyword: as long as it is our first, the others are ours.
 */
class IGNY8_Seo_Reader {

	const YOAST_RELATED = '_yoast_wpseo_focuskeywords';

	/**
	 * Meta keys that it needs.
	 *
	 * @return string[]
	 */
	public static function meta_keys() {
		$active = IGNY8_Seo::active();
		$keys   = array_merge( array_values( IGNY8_Seo::OWN ), array( IGNY8_Seo::FOCUS ) );
		if ( isset( IGNY8_Seo::META[ $active ] ) ) {
			$keys = array_merge( $keys, array_values( IGNY8_Seo::META[ $active ] ) );
		}
		return 'yoast' === $active ? array_merge( $keys, array( self::YOAST_RELATED ) ) : $keys;
	}

	/**
	 * The fields of posts.
	 *
	 * @param array<int,array<string,string>> $meta Meta by post id and key.
	 * @return array<int,array<string,mixed>> As the contract's `seo`, by post id.
	 */
	public static function read( $meta ) {
		if ( IGNY8_Seo::has_table() ) {
			return self::from_table( array_keys( $meta ) );
		}
		$active = IGNY8_Seo::active();
		return array_map(
			static function ( $values ) use ( $active ) {
				return isset( IGNY8_Seo::META[ $active ] ) ? self::from_plugin( $values, $active ) : self::own( $values );
			},
			$meta
		);
	}

	/**
	 * The fields of a term.
	 *
	 * @param array<string,string> $values Meta of the term; what Yoast holds is among them, under its keys for posts.
	 * @param string               $holder Plugin that holds them; none for our own.
	 * @return array<string,mixed> As the contract's `seo`.
	 */
	public static function of_term( $values, $holder ) {
		return 'none' === $holder ? self::own( $values ) : self::from_plugin( $values, $holder );
	}

	/**
	 * Our own fields.
	 *
	 * @param array<string,string> $values Meta of a post.
	 * @return array<string,mixed>
	 */
	private static function own( $values ) {
		$seo = array();
		foreach ( IGNY8_Seo::OWN as $field => $key ) {
			$seo[ $field ] = isset( $values[ $key ] ) ? $values[ $key ] : '';
		}
		$seo['focus_keywords'] = self::keywords( isset( $values[ IGNY8_Seo::FOCUS ] ) ? $values[ IGNY8_Seo::FOCUS ] : '' );
		return $seo;
	}

	/**
	 * Fields of a plugin that keeps them in post meta.
	 *
	 * @param array<string,string> $values Meta of a post.
	 * @param string               $active Plugin.
	 * @return array<string,mixed>
	 */
	private static function from_plugin( $values, $active ) {
		$seo = array();
		foreach ( IGNY8_Seo::META[ $active ] as $field => $key ) {
			$seo[ $field ] = isset( $values[ $key ] ) ? $values[ $key ] : '';
		}
		$focus = $seo['focus'];
		unset( $seo['focus'] );
		$seo['focus_keywords'] = 'yoast' === $active ? self::yoast_keywords( $focus, $values ) : self::keywords( $focus );
		return $seo;
	}

	/**
	 * Focus keywords where Yoast is active.
	 *
	 * @param string               $first  What Yoast holds.
	 * @param array<string,string> $values Meta of a post.
	 * @return string[]
	 */
	private static function yoast_keywords( $first, $values ) {
		if ( '' === trim( $first ) ) {
			return array();
		}
		$related = isset( $values[ self::YOAST_RELATED ] ) ? json_decode( $values[ self::YOAST_RELATED ], true ) : null;
		if ( is_array( $related ) ) {
			return self::distinct( array_merge( array( $first ), array_column( $related, 'keyword' ) ) );
		}
		$own = self::own( $values )['focus_keywords'];
		return isset( $own[0] ) && trim( $first ) === $own[0] ? $own : array( trim( $first ) );
	}

	/**
	 * Fields in All in One SEO's table; a post without a row has none.
	 *
	 * @param int[] $ids Posts.
	 * @return array<int,array<string,mixed>>
	 */
	private static function from_table( $ids ) {
		global $wpdb;
		$none = array(
			'title'          => '',
			'description'    => '',
			'canonical'      => '',
			'focus_keywords' => array(),
		);
		$all  = array_fill_keys( $ids, $none );
		if ( array() === $ids ) {
			return $all;
		}
		$list = implode( ',', array_map( 'intval', $ids ) );
		// The column post_id is not unique, and the plugin itself reads the first row: it comes last here.
		$rows = $wpdb->get_results( "SELECT post_id, title, description, canonical_url, keyphrases FROM {$wpdb->prefix}aioseo_posts WHERE post_id IN ($list) ORDER BY id DESC" ); // phpcs:ignore WordPress.DB.PreparedSQL.InterpolatedNotPrepared
		foreach ( $rows as $row ) {
			$phrases                    = json_decode( (string) $row->keyphrases, true );
			$phrases                    = is_array( $phrases ) ? $phrases : array();
			$first                      = isset( $phrases['focus']['keyphrase'] ) ? array( $phrases['focus']['keyphrase'] ) : array();
			$more                       = isset( $phrases['additional'] ) && is_array( $phrases['additional'] ) ? array_column( $phrases['additional'], 'keyphrase' ) : array();
			$all[ (int) $row->post_id ] = array(
				'title'          => (string) $row->title,
				'description'    => (string) $row->description,
				'canonical'      => (string) $row->canonical_url,
				'focus_keywords' => self::distinct( array_merge( $first, $more ) ),
			);
		}
		return $all;
	}

	/**
	 * Keywords of a list with commas.
	 *
	 * @param string $text List.
	 * @return string[]
	 */
	private static function keywords( $text ) {
		return '' === $text ? array() : self::distinct( explode( ',', $text ) );
	}

	/**
	 * Keywords that are not empty, each once.
	 *
	 * @param array<mixed> $keywords Keywords.
	 * @return string[]
	 */
	private static function distinct( $keywords ) {
		$keywords = array_map( 'trim', array_filter( $keywords, 'is_string' ) );
		return array_values( array_unique( array_filter( $keywords, 'strlen' ) ) );
	}
}
