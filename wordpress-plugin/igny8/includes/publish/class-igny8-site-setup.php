<?php
/**
 * The route site-setup.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.
// phpcs:disable Squiz.Commenting.FunctionCommentThrowTag -- it takes the class that makes an exception for the exception's.

/**
 * What is of the site and not of one page: front page, page of posts, menu, order of pages.
 *
 * A part (front, menu, orders, style, presets) is written only while it is as the app left it, or the app has never written it. Every
 * answer has the state that was there, so that it can be put back.
 */
class IGNY8_Site_Setup {

	const MOST_PAGES = 100;

	/**
	 * Body.
	 *
	 * @var array<string,mixed>
	 */
	private $data;

	/**
	 * Name that the app's menus of this planned site begin with.
	 *
	 * @var string
	 */
	private $prefix;

	/**
	 * Does what the body asks for.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed> The contract's result.
	 * @throws IGNY8_Exception When it cannot be done.
	 */
	public static function answer( $request ) {
		$data = $request->get_json_params();
		if ( ! isset( $data['contract'] ) || IGNY8_CONTRACT !== $data['contract'] ) {
			throw new IGNY8_Exception( 'CONTRACT_UNSUPPORTED', __( 'The app and the plugin speak different versions. Update both.', 'igny8' ), 409, 'preflight', array( 'supported' => array( IGNY8_CONTRACT ) ) );
		}
		$action = isset( $data['action'] ) ? $data['action'] : '';
		if ( 'put_back_post' === $action ) {
			IGNY8_Tables::make_missing();
			return IGNY8_Kept_Post::put_back( $data );
		}
		if ( 'bring_back_images' === $action ) {
			return IGNY8_Setup_Images::bring_back( IGNY8_Setup_Images::hashes( $data ) );
		}
		if ( 'trash_images' === $action ) {
			return IGNY8_Setup_Images::trash( IGNY8_Setup_Images::hashes( $data ) );
		}
		$setup = new self( $data );
		if ( 'look' === $action ) {
			return $setup->look();
		}
		if ( 'apply' === $action ) {
			return $setup->write_parts( $setup->part( 'known' ), $setup->part( 'wanted' ) );
		}
		if ( 'put_back' === $action ) {
			return $setup->write_parts( $setup->part( 'after' ), $setup->part( 'before' ) );
		}
		IGNY8_Payload::refuse( 'action' );
	}

	/**
	 * Takes the body.
	 *
	 * @param array<string,mixed> $data Body.
	 */
	private function __construct( $data ) {
		$this->data   = $data;
		$this->prefix = 'igny8-site-' . IGNY8_Payload::id( isset( $data['key'] ) ? $data['key'] : '', 'key' ) . '-';
	}

	/**
	 * An object of the body; null when it is not there.
	 *
	 * @param string $name Name.
	 * @return array<string,mixed>|null
	 */
	private function part( $name ) {
		if ( ! isset( $this->data[ $name ] ) ) {
			return null;
		}
		if ( ! is_array( $this->data[ $name ] ) ) {
			IGNY8_Payload::refuse( $name );
		}
		return $this->data[ $name ];
	}

	/**
	 * The pages that are asked about.
	 *
	 * @return int[]
	 */
	private function ids() {
		$ids = isset( $this->data['ids'] ) ? $this->data['ids'] : array();
		if ( ! is_array( $ids ) || count( $ids ) > self::MOST_PAGES || array_filter( $ids, 'is_int' ) !== $ids ) {
			IGNY8_Payload::refuse( 'ids' );
		}
		return array_values( array_unique( $ids ) );
	}

	/**
	 * What is there now.
	 *
	 * @return array<string,mixed>
	 */
	private function look() {
		$ids   = $this->ids();
		$marks = array();
		foreach ( IGNY8_Post_Rows::read( $ids ) as $id => $row ) {
			$marks[ $id ] = IGNY8_Post_Item::marks( $row );
		}
		$images = IGNY8_Media::find( IGNY8_Setup_Images::hashes( $this->data ) );
		$kept   = array();
		if ( ! empty( $this->data['keep'] ) ) {
			foreach ( array_keys( $marks ) as $id ) {
				$kept[ $id ] = IGNY8_Kept_Post::take( $id );
			}
		}
		return array(
			'state'  => ( new IGNY8_Site_State( $this->prefix ) )->read( $ids ),
			'may'    => IGNY8_Site_State::rights(),
			'posts'  => (object) $marks,
			'kept'   => (object) $kept,
			'images' => (object) $images,
			'urls'   => (object) array_map( 'wp_get_attachment_url', $images ),
			'taken'  => (object) $this->taken_addresses(),
		);
	}

	/**
	 * Those of the asked addresses of pages that something else has already: WordPress would put a number behind the
	 * slug, and links to the page would lead elsewhere.
	 *
	 * @return array<string,string> What has it, by address below the site's; empty where that has no title.
	 */
	private function taken_addresses() {
		$asked = isset( $this->data['addresses'] ) ? $this->data['addresses'] : array();
		if ( ! is_array( $asked ) || count( $asked ) > self::MOST_PAGES || array_filter( $asked, 'is_int' ) !== $asked ) {
			IGNY8_Payload::refuse( 'addresses' );
		}
		$taken = array();
		foreach ( $asked as $path => $own ) {
			$parts  = array_map( 'sanitize_title', explode( '/', trim( (string) $path, '/' ) ) );
			$slug   = (string) array_pop( $parts );
			$above  = array() === $parts ? null : get_page_by_path( implode( '/', $parts ) );
			$parent = $above instanceof WP_Post ? (int) $above->ID : 0;
			if ( '' === $slug || ( array() !== $parts && 0 === $parent ) ) {
				continue; // Below a page that is still to come, nothing can be.
			}
			if ( wp_unique_post_slug( $slug, $own, 'publish', 'page', $parent ) !== $slug ) {
				$holder         = IGNY8_Address_Holder::find( $slug, home_url( implode( '/', array_merge( $parts, array( $slug ) ) ) . '/' ), $own );
				$taken[ $path ] = null === $holder ? '' : (string) $holder['title'];
			}
		}
		return $taken;
	}

	/**
	 * Writes each part that is to be another one, unless somebody changed it since.
	 *
	 * @param array<string,mixed>|null $known  The parts as the app left them.
	 * @param array<string,mixed>|null $wanted The parts as they are to be.
	 * @return array<string,mixed> The state before and after, and the parts that were left.
	 * @throws IGNY8_Exception When it fails; then nothing is changed.
	 */
	private function write_parts( $known, $wanted ) {
		if ( null === $wanted ) {
			IGNY8_Payload::refuse( 'wanted' );
		}
		$ids         = $this->ids();
		$state       = new IGNY8_Site_State( $this->prefix );
		$transaction = new IGNY8_Transaction( 'commit' );
		$transaction->begin();
		try {
			$before  = $state->read( $ids );
			$changed = array();
			$refused = array();
			foreach ( array_intersect( IGNY8_Site_State::PARTS, array_keys( $wanted ) ) as $part ) {
				$now = IGNY8_Site_State::plain( $before[ $part ] );
				if ( 'orders' === $part ) {
					$all              = (array) $wanted['orders'];
					$wanted['orders'] = IGNY8_Site_State::unedited_orders( $now, isset( $known['orders'] ) ? (array) $known['orders'] : array(), $all );
					$known            = array_diff_key( (array) $known, array( 'orders' => true ) );
					if ( count( $all ) !== count( $wanted['orders'] ) ) {
						$changed[] = $part;
					}
				}
				if ( $state->is_as_wanted( $part, $now, $wanted[ $part ] ) ) {
					if ( 'menu' === $part ) {
						$state->renew_menu();
					}
					continue;
				}
				if ( isset( $known[ $part ] ) && ! IGNY8_Site_State::is_same( $part, $known[ $part ], $now ) ) {
					$changed[] = $part;
				} elseif ( ! IGNY8_Site_State::rights()[ $part ] ) {
					$refused[] = $part;
				} else {
					$state->write( $part, $wanted[ $part ] );
				}
			}
			$transaction->commit();
		} catch ( Throwable $thrown ) {
			$transaction->rollback();
			wp_cache_flush();
			throw IGNY8_Exception::from_hook( $thrown, 'commit' );
		}
		return array(
			'before'  => $before,
			'after'   => $state->read( $ids ),
			'changed' => $changed,
			'refused' => $refused,
		);
	}
}
